namespace Waybill.Samples.FileShare;

/// <summary>A share of an SMB server, reached by Samba's client library without a mount and without root.</summary>
/// <param name="Id">The name of the volume.</param>
/// <param name="Server">The name or address of the server; it listens on port 445.</param>
/// <param name="Share">The share.</param>
public sealed record SmbVolume(VolumeId Id, string Server, string Share) : ShareVolume(Id)
{
    /// <summary>Gets the directory of the share that is the root of the volume; the default is the whole share.</summary>
    public FilePath Directory { get; init; }

    /// <summary>Gets the domain of the users; empty for the server's own.</summary>
    public string Domain { get; init; } = "";

    internal override string Protocol => "smb";
}
