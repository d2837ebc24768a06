namespace Waybill.Bundles;

/// <summary>The software that wrote a bundle.</summary>
/// <param name="Product">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Profile"><c>default</c> or <c>reproducible</c>, specification section 10.</param>
public sealed record WriterIdentity(string Product, string Version, string Profile);
