"""What the cases are built from: receivers that write down what arrives, databases that can be killed, workers."""
