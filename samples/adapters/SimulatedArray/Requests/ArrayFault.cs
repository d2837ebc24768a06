namespace Waybill.Samples.SimulatedArray;

/// <summary>What can go wrong with a request.</summary>
public enum ArrayFault
{
    /// <summary>The array says that it is busy.</summary>
    Busy = 0,

    /// <summary>The connection is lost; the next request makes a new one.</summary>
    Disconnected = 1,

    /// <summary>The array says no for good.</summary>
    Failed = 2,

    /// <summary>Everything the tokens of all lists opened is closed at once, as after a failover.</summary>
    TokensRevoked = 3,
}
