// De-identifies a folder by dcmjs, in the way of its own documentation: node dcmjs_peer.cjs MODULES IN OUT
const fs = require("fs");
const path = require("path");

const [modules, source, target] = process.argv.slice(2);
const dcmjs = require(path.join(modules, "node_modules", "dcmjs"));
dcmjs.log.setLevel("error");

for (const name of fs.readdirSync(source, { recursive: true })) {
    const from = path.join(source, name);
    if (!fs.statSync(from).isFile()) continue;
    const bytes = fs.readFileSync(from);
    const file = dcmjs.data.DicomMessage.readFile(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    dcmjs.anonymizer.cleanTags(file.dict);
    const to = path.join(target, name);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.writeFileSync(to, Buffer.from(file.write()));
}
