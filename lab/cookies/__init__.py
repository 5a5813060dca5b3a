"""The cookie model against real Chromium: random situations, played in both."""
