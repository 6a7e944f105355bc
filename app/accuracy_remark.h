#pragma once
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::app {

/// A line that says what the rows' accuracies are of: "accuracy: top-1 of 500 images, standard error up
/// to 1.3 points". The standard error is that of a share of n images that are drawn independently, sqrt(p (1
/// - p) / n), of the row that has the largest; none of mIoU, which is no share. Empty where no row has an
/// accuracy.
std::string accuracy_remark(const std::vector<const explore::PointRow*>& rows);

}  // namespace tridex::app
