namespace Waybill.Samples.FileShare;

/// <summary>What is done with a path of a share, as it is asked for and recorded.</summary>
public enum ShareOperation
{
    /// <summary>Log in to the share, or log in again when the grant ran out.</summary>
    Enter = 0,

    /// <summary>List a directory.</summary>
    List = 1,

    /// <summary>Look at owner, permissions and times.</summary>
    Describe = 2,

    /// <summary>Open a file and read it.</summary>
    Read = 3,

    /// <summary>Make something, write its content, set its owner and permissions.</summary>
    Write = 4,
}
