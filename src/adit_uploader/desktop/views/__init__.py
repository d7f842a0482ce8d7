"""What is on screen: shows state, emits signals, decides nothing."""
