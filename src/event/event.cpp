// Placeholder so that the room can be configured.
