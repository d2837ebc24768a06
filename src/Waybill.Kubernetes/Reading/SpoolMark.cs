namespace Waybill.Kubernetes;

/// <summary>A place in a spool.</summary>
internal readonly record struct SpoolMark(int Segment, int Position, long Length);
