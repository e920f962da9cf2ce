package postgres

// FollowDirectoryEvery lets tests poll faster.
var FollowDirectoryEvery = followDirectory
