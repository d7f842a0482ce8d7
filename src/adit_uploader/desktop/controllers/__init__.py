"""What happens when somebody does something; knows no widget and no Qt."""
