"""Corpora and retrieval: documents read, chunked, indexed (lexical and dense), fused and reranked."""
