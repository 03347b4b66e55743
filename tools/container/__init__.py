"""The container image: its Dockerfile as values, and its steps in a chroot."""
