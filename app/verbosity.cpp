#include "app/verbosity.h"

namespace tridex::app {
namespace {

Verbosity chosen = Verbosity::kNormal;

}  // namespace

Verbosity verbosity() {
  return chosen;
}

void set_verbosity(Verbosity verbosity) {
  chosen = verbosity;
}

}  // namespace tridex::app
