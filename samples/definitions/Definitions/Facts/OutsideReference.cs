namespace Waybill.Samples.Definitions.Facts;

/// <summary>A place outside of the application where it may keep data.</summary>
/// <param name="Kind">What is there, as it stands in the tag's key: <c>rds</c>, <c>s3</c>, <c>database</c>.</param>
/// <param name="Place">Host and port, bucket, database; never a user's name or a password.</param>
internal readonly record struct OutsideReference(string Kind, string Place);
