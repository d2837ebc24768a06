namespace Waybill.CsiDriver.Loop;

/// <summary>Which file something is, whatever it is called.</summary>
/// <param name="Major">Major number of the device it is on.</param>
/// <param name="Minor">Minor number of the device it is on.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Links">How many names it has.</param>
internal readonly record struct FileIdentity(uint Major, uint Minor, ulong Inode, uint Links)
{
    /// <summary>Gets the number of the device as the kernel writes it into what it says of loop devices.</summary>
    public ulong Device => ((ulong)Major << 8) | (Minor & 0xFF) | (((ulong)Minor & ~0xFFUL) << 12);
}
