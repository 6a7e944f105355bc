#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tridex::models {

/// The subfolders of `root`, sorted by bytes, as torchvision's ImageFolder numbers its classes; hidden ones
/// (a leading dot) are none. Error: the folder cannot be read.
std::vector<std::string> class_folder_names(const std::filesystem::path& root);

/// Folder name -> class index of a text file with one folder's name a line, in the order of the network's
/// classes. Error: FILE:LINE: a name that is empty or doubled; no names.
std::map<std::string, int> read_class_list(const std::filesystem::path& file);

/// Every photo (JPEG or PNG by its extension, in any case) of an ImageNet-style folder, as "FOLDER/FILE" and
/// its class, sorted by class folder and then by name. No file is opened, and folders inside a class folder
/// are not looked into. `class_of`: folder name -> class; empty: the position in class_folder_names(). Error:
/// no class folders; one without photos; one that `class_of` lacks.
std::vector<std::pair<std::string, int>> list_class_folders(const std::filesystem::path& root,
                                                            const std::map<std::string, int>& class_of);

}  // namespace tridex::models
