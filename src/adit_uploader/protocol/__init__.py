"""The wire: messages, limits, codes and two state machines that do no input or output."""
