"""What will not work well, said before training: each check looks at the whole network and yields problems."""
