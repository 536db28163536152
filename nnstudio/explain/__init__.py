"""What happens in one training step, in words and numbers: the cards of a recorded trace. No widget in here."""
