"""Receivers of what leaves the house, on loopback: real servers that check what they are sent."""
