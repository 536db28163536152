"""What every room of the window is furnished with: colours, icons, words, paper."""
