#!/usr/bin/env python3
"""Writes a language model of random weights, for llama.cpp.

    tiny.py FILE

Two layers and a vocabulary of bytes: what it writes has no meaning, but it is
served as any other model is, and a grammar makes JSON of it.  The first number
of every embedding is 1, so that the output's weights for it are a bias: against
bytes that are no characters, and blanks, of which it would write lots.
"""
import sys

import gguf
import numpy

LAYERS, WIDTH, HIDDEN, HEADS, CONTEXT = 2, 64, 128, 4, 65536


def add_vocabulary(writer):
    tokens = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % byte for byte in range(256)]
    types = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 2 + [gguf.TokenType.BYTE] * 256
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(types)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}\n{% endfor %}")
    return len(tokens)


def is_wanted(byte):
    return 0x20 < byte < 0x7F and byte not in b"\\`"


def add_weights(writer, vocabulary):
    dice = numpy.random.default_rng(1)

    def matrix(name, rows, columns, first=None):
        weights = dice.normal(0, 0.05, (rows, columns)).astype(numpy.float32)
        if first is not None:
            weights[:, 0] = first
        writer.add_tensor(name, weights)

    def ones(name):
        writer.add_tensor(name, numpy.ones(WIDTH, dtype=numpy.float32))

    specials = vocabulary - 256
    bias = [0.0] * specials + [0.0 if is_wanted(byte) else -2.0 for byte in range(256)]
    matrix("token_embd.weight", vocabulary, WIDTH, 1.0)
    matrix("output.weight", vocabulary, WIDTH, bias)
    ones("output_norm.weight")
    for layer in range(LAYERS):
        block = "blk.%d." % layer
        ones(block + "attn_norm.weight")
        ones(block + "ffn_norm.weight")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(block + name + ".weight", WIDTH, WIDTH)
        matrix(block + "ffn_gate.weight", HIDDEN, WIDTH)
        matrix(block + "ffn_up.weight", HIDDEN, WIDTH)
        matrix(block + "ffn_down.weight", WIDTH, HIDDEN)


def main():
    writer = gguf.GGUFWriter(sys.argv[1], "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    add_weights(writer, add_vocabulary(writer))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()
