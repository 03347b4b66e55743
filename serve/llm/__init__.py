"""Language models beside the service: vLLM and llama.cpp as Serve applications."""
