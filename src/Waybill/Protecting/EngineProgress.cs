namespace Waybill.Engine;

/// <summary>How far a run is.</summary>
/// <param name="Phase">What it does.</param>
/// <param name="Volume">The volume it does it with; empty if not one.</param>
/// <param name="BytesDone">How far it is in the volume, in bytes.</param>
/// <param name="BytesTotal">How large the volume is; <see langword="null"/> if not known.</param>
public readonly record struct EngineProgress(EnginePhase Phase, string Volume = "", long BytesDone = 0, long? BytesTotal = null);
