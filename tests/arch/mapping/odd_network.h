#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "arch/mapping/check_program.h"
#include "models/builder.h"
#include "support/same_conv.h"

namespace tridex::test {

/// Channels that fill no block of eight, groups that end inside one, heads of four channels, a tensor that is
/// read by three.
inline models::Graph odd_network() {
  using models::Op;
  models::GraphBuilder b("odd");
  const auto conv = [](int kernel, int stride, int groups) {
    return same_conv(kernel, stride, groups, true);
  };
  int x = b.conv("stem", b.input({3, 22, 18}), 20, conv(3, 2, 1));
  const int wide = b.conv("grouped", x, 60, conv(3, 1, 5));
  x = b.add("add", {b.conv("narrow", b.conv("dw", wide, 60, conv(5, 1, 60)), 20, conv(1, 1, 1)), x});
  const int qkv = b.conv("qkv", x, 24, conv(1, 1, 1));
  const int q = b.unary("q", Op::kRelu, b.head_slice("q_", qkv, 2, 0));
  const int k = b.unary("k", Op::kRelu, b.head_slice("k_", qkv, 2, 1));
  const int v = b.head_slice("v", qkv, 2, 2);
  const int num = b.matmul_heads("num", q, b.matmul_tokens("kv", k, v, 2), 2);
  const int den = b.matmul_heads("den", q, b.token_sum("sum", k, 2), 2);
  const int joined = b.concat("joined", {b.divide("div", num, den, 2, 1e-15), x});
  x = b.conv("proj", joined, 12, conv(1, 1, 1));
  x = b.add("joined_up",
            {b.resize("up", x, 2), b.resize("up_deep", b.conv("deep", x, 12, conv(3, 1, 12)), 2)});
  x = b.unary("pool", Op::kGlobalAvgPool, x);
  return b.finish(b.conv("fc", b.layer_norm("ln", x, 1e-5), 5, conv(1, 1, 1)));
}

/// The first findings, a line each.
inline std::string text_of(const std::vector<arch::Illegal>& findings) {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(findings.size(), 5); ++i) {
    text += std::string(arch::illegal_kind_name(findings[i].kind)) + ": " + findings[i].text + "\n";
  }
  return text;
}

}  // namespace tridex::test
