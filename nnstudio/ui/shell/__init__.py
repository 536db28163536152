"""The window itself: frame, actions, shortcuts, commands, and the bridge to the session."""
