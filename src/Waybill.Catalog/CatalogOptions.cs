namespace Waybill.Catalog;

/// <summary>How a catalog is opened.</summary>
public sealed class CatalogOptions
{
    /// <summary>Gets or sets whether a catalog that is not there is made.</summary>
    /// <value>The default is true. Whoever only asks sets it to false, so that a wrong name is a mistake and not an empty catalog.</value>
    public bool Create { get; set; } = true;

    /// <summary>Gets or sets whether a file that is damaged is moved aside and a new one made. What it held must then be scanned again.</summary>
    /// <value>The default is false: opening it fails with <see cref="WaybillErrorCode.CatalogDamaged"/>.</value>
    public bool ReplaceDamaged { get; set; }

    /// <summary>Gets or sets whether a file is moved aside in any case, damaged or not, so that the catalog begins anew.</summary>
    /// <value>The default is false.</value>
    public bool BeginAnew { get; set; }

    /// <summary>Gets or sets the clock.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
