namespace Waybill.Kubernetes;

/// <summary>Why something is not in a capture.</summary>
public enum CaptureGapKind
{
    /// <summary>The cluster does not let the caller read it.</summary>
    Forbidden = 1,

    /// <summary>An object that others need does not exist, or no longer.</summary>
    Missing = 2,

    /// <summary>The part of the cluster that would answer does not.</summary>
    Unavailable = 3,

    /// <summary>The list was made while objects changed and is not as of one moment; an object may be missing or too old.</summary>
    NotOneMoment = 4,

    /// <summary>The object is there, and the data of the volume behind it is not.</summary>
    DataNotProtected = 5,
}
