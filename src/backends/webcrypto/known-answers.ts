/**
 * What a platform must answer to be relied on, chosen where platforms are known to differ: coordinates that are not
 * reduced (RFC 7748 §5), and the cofactor, which RFC 8032 §5.1.7 and §5.2.7 leave open.
 */

import { fromHex } from "../../bytes.ts";

export interface AgreementAnswer {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly peer: Uint8Array;
  readonly secret: Uint8Array;
}

/** RFC 7748 §5.2: the octets of the base point as a scalar. The peer's key is the base point, unreduced. */
export function agreementAnswer({ basePoint, unreduced, product }: AgreementHex): AgreementAnswer {
  const publicKey = fromHex(product);
  return { privateKey: fromHex(basePoint), publicKey, peer: fromHex(unreduced), secret: publicKey };
}

export interface AgreementHex {
  readonly basePoint: string;
  readonly unreduced: string;
  readonly product: string;
}

export const X25519_ANSWER: AgreementHex = {
  basePoint: "0900000000000000000000000000000000000000000000000000000000000000",
  unreduced: "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  product: "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
};

export const X448_ANSWER: AgreementHex = {
  basePoint:
    "0500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
  unreduced:
    "04000000000000000000000000000000000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  product:
    "3f482c8a9f19b01e6c46ee9711d9dc14fd4bf67af30765c2ae2b846a4d23a8cd0db897086239492caf350b51f833868b9bc2b3bca9cf4113",
};

/** Signatures of the empty message, in hexadecimal. The seed is all ones. */
export interface EddsaAnswer {
  readonly publicKey: string;
  readonly signature: string;
  /** A key with a component of small order. */
  readonly mixedKey: string;
  /** Holds under that key with the cofactor and without it. */
  readonly holdsEitherWay: string;
  /** Holds with the cofactor only. */
  readonly holdsWithCofactor: string;
  readonly clearsCofactor: boolean;
}

export const ED25519_ANSWER: EddsaAnswer = {
  publicKey: "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
  mixedKey: "e6ff0e4955925b2100e8ceebbd4ffe93e6fdfc71c226b33409a570d916254f72",
  signature:
    "778cda0634c021fae8b1a9fa655ba13230f6fcfc5c5d519afb0872ec9bf1d64241cc3eed8ad47270d86d30e762ad17677c6fb1797e35bca7eba30388257e020f",
  holdsEitherWay:
    "5866666666666666666666666666666666666666666666666666666666666666010bed75dd360d7be43d1556211bb222f662cba724d29b8ee0496b921a56d10f",
  holdsWithCofactor:
    "2f1132ca61ab38dff00f2fea3228f24c6c71d58085b80e47e19515cb27e8d0479c24012324c12858709721b7e98a53f5f70d984edbfec2e937669157cf656c06",
  clearsCofactor: false,
};

export const ED448_ANSWER: EddsaAnswer = {
  publicKey:
    "e0758a33267939a394fb5ccb202ee851cebc2e89c91ac1289e2bfcddfd9ff9fc5694b0f569d7f7e9da16e1cde9301b29f48128b3cbd1168580",
  mixedKey:
    "55555555555555555555555555555555555555555555555555555555a9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa00",
  signature:
    "23a40d7e617371e81ea8148c0100aa1abbe01fe6fcf144b65dfbace1e351a969f46d7d1097a35f612d83b816b917ceafd1db596289bfa5140083cb74f872e983de6b010ee2d2b0c18df015ce97eb8f81800d801dc64b4a2475fb66f4040a426b44465dfa2d7abe8d65d04e927dd5ed382000",
  holdsEitherWay:
    "ed8693eacdfbeada6ba0cdd1beb2bcbb98302a3a8365650db8c4d88a726de3b7d74d8835a0d76e03b0c2865020d659b38d04d74a63e905ae806297ae27ac184b0a81f515089d902460d5508650d5411f8b7e8ab0b01be6e90f088757236d650c454a170108462c26322e47770cd0836c2200",
  holdsWithCofactor:
    "14fa30f25b790898adc8d74e2c13bdfdc4397ce61cffd33ad7c2a0051e9c78874098a36c7373ea4b62c7c9563720768824bcb66e71463f69004360102e9e96270d2a335829795e353dae132ba61c54c790e2c76adcdf1e1fabc50655c1c30bed3aed63a7265c9fa7acf12a3a2c0166a80500",
  clearsCofactor: true,
};
