#include "exporter/base/version.h"

// Written at build time by write_version.cmake; included here only, so that a commit compiles one file anew.
#include "version_generated.h"

namespace mta_sts {

std::string_view version() { return generated::kVersion; }

std::string_view revision() { return generated::kRevision; }

std::string compiler() {
#if defined(__clang__)
  return "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
         std::to_string(__clang_patchlevel__);
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace mta_sts
