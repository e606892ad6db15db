// LLVM's pass library asks for Polly, which Debian does not package: this tells it that there are no passes of Polly's.
struct PassPluginLibraryInfo {
  int api_version;
  const char* name;
  const char* version;
  void* register_callbacks;
};

PassPluginLibraryInfo getPollyPluginInfo() { return {}; }
