#pragma once
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::app {

/// Lines that say what the rows' accuracies are of, one a metric: "accuracy: top-1 of 500 images (standard
/// error up to 1.3)". The error is that of a share of n images that are drawn independently, of which k are
/// right, in points: 100 sqrt(p (1 - p) / (n + 4)) with p = (k + 2) / (n + 4) (Agresti and Coull, 1998),
/// which does not vanish where all are right; of the row that has the largest. mIoU is no share and has none.
/// Empty where no row has an accuracy.
std::string accuracy_remark(const std::vector<const explore::PointRow*>& rows);

}  // namespace tridex::app
