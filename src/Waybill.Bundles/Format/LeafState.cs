namespace Waybill.Bundles.Format;

/// <summary>What a leaf says about its run, spec 4.1.</summary>
internal enum LeafState : byte
{
    None = 0,
    Data = 1,
    Masked = 2,
    Zero = 3,
    Inherit = 4,
}
