"""External processes: started with limits of time, memory and output, killed with all their children, or resident."""
