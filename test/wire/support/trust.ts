import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Has this process trust a CA beside those it trusts already, as NODE_EXTRA_CA_CERTS would. @param ca PEM */
export function trust(ca: string): void {
  setDefaultCACertificates([...getCACertificates(), ca]);
}
