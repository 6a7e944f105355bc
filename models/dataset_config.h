#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "models/dataset.h"
#include "models/preprocess.h"
#include "models/scenes/scenes.h"

namespace tridex::models {

/// What a data set YAML says.
struct DatasetConfig {
  enum class Layout {
    kLabelsCsv,        ///< a folder with labels.csv: file,class_index
    kImageLabelPairs,  ///< a folder with image/ and label/, files of equal stems
    kClassFolders,     ///< a folder with one subfolder of JPEG and PNG files per class
    kCifar10,          ///< one file of CIFAR-10 records: label byte, then 32x32 of R, of G and of B
    kGenerated,        ///< no files: images that models/scenes draws
  };
  Layout layout = Layout::kLabelsCsv;
  std::filesystem::path root;  ///< absolute, or relative to the current folder; exists
  DatasetInfo info;
  /// kClassFolders: folder -> class; empty: the folders in sorted order, as many as info.classes if those are
  /// known.
  std::map<std::string, int> folder_class;
  SceneSet scenes;  ///< kGenerated, which has no root
  Preprocess preprocess;
};

/// Error: FILE:LINE: KEY: what is wrong with it; for `root`, the places where it was looked for.
DatasetConfig read_dataset_config(const std::filesystem::path& file);

/// A bare folder: labels.csv makes it a classification set with EfficientViT's evaluation transform (short
/// side ceil(r / 0.95), bicubic, centre crop, ImageNet mean and deviation), image/ and label/ a segmentation
/// set (exact, bicubic, the same mean and deviation, label 255 not scored). With neither, subfolders are
/// classes: a classification set as with labels.csv; classes.txt, where there is one, lists the folders in
/// the order of the network's classes (else they are sorted). Error: none of these.
DatasetConfig guess_dataset_config(const std::filesystem::path& folder);

}  // namespace tridex::models
