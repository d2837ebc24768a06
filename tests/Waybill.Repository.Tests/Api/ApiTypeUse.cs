namespace Waybill.Repository.Tests.Api;

/// <summary>A type that a caller meets because a public member mentions it.</summary>
internal readonly record struct ApiTypeUse(string Member, Type Type);
