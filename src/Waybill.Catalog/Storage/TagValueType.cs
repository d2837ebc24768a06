namespace Waybill.Catalog.Storage;

/// <summary>The type of a tag's value, as it is stored. Numbers never change.</summary>
internal enum TagValueType
{
    Text = 0,
    Number = 1,
    Flag = 2,
    Raw = 3,
    Time = 4,
    TextList = 5,
}
