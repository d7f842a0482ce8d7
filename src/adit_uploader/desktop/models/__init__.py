"""What lists and trees show, without a widget a row."""
