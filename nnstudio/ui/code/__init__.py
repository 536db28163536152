"""The script that the network is, as it will be exported."""
