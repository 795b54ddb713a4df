"""What the integration tests stand on: the real proxy, a scripted backend, and clients."""
