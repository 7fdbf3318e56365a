"""Cases that the Python half and the browser's half must answer alike."""
