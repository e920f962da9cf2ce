package postgres

// DirectoryChannel is what the directory's writer notifies with a unit's code, and its followers listen to.
const DirectoryChannel = "tiaojie_directory"
