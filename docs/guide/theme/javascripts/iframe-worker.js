// Search works in pages opened from a folder, where browsers start no workers: a hidden frame does a worker's work.
if (location.protocol === "file:") {
  // Material looks for this name, and takes addresses from the first script then
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super()
      this.onmessage = null
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      this.inside = frame.contentWindow
      const load = (address) =>
        new Promise((resolve, reject) => {
          const script = frame.contentDocument.createElement("script")
          script.src = new URL(address, document.baseURI)
          script.onload = resolve
          script.onerror = reject
          frame.contentDocument.body.append(script)
        })
      this.inside.postMessage = (data) => this.answer(data)
      this.inside.importScripts = (...addresses) =>
        addresses.reduce((before, address) => before.then(() => load(address)), Promise.resolve())
      this.ready = load(url)
    }
    answer(data) {
      const event = new MessageEvent("message", { data })
      this.dispatchEvent(event)
      if (this.onmessage) this.onmessage(event)
    }
    postMessage(data) {
      this.ready = this.ready.then(() => {
        this.inside.dispatchEvent(new MessageEvent("message", { data }))
      })
    }
    terminate() {
      this.inside.frameElement.remove()
    }
  }
}
