#pragma once

namespace mta_sts {

/// For whom a command writes: people, or machines with `--json`.
enum class OutputFormat { Text, Json };

}  // namespace mta_sts
