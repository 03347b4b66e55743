"""Media encoding for viewers, in replicas of its own: the deployment, and the ingress's side of its streams."""
