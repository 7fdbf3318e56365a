"""What users would pick instead, each as small as its manual has it. Run by bench.fanout, in an
environment of their own (requirements.txt): nothing here imports the product."""
