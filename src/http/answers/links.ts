/** Where a deposit's resources lie, as paths: they hold whatever name the service is reached under. */
export interface DepositLinks {
  readonly self: string;
  readonly evidence: string;
  readonly ledgerProof: string;
  readonly certificate: string;
  readonly page: string;
  readonly original?: string;
  readonly chain?: string;
}

export function depositLinks(
  id: string,
  options: { readonly isRetained?: boolean; readonly chainId?: string | undefined } = {},
): DepositLinks {
  const self = `/v1/deposits/${id}`;
  return {
    self,
    evidence: `${self}/evidence`,
    ledgerProof: `${self}/ledger-proof`,
    certificate: `${self}/certificate`,
    page: `/d/${id}`,
    ...(options.isRetained === true && { original: `${self}/original` }),
    ...(options.chainId !== undefined && { chain: `/v1/chains/${options.chainId}` }),
  };
}
