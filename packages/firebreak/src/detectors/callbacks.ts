// Callbacks that standards know: by whom a borrower or a receiver is called while the lender or the token is still busy.
import { toFunctionSelector } from 'viem'
import type { Hex } from '../model/hex.ts'

export interface Callback {
  readonly name: string
  /** A loan is given to be used and paid back within the callback; a swap is paid in it; a token only tells that it has moved. */
  readonly kind: 'loan' | 'swap' | 'token'
}

const signatures: Readonly<Record<Callback['kind'], readonly string[]>> = {
  loan: [
    'onFlashLoan(address,address,uint256,uint256,bytes)',
    'onMorphoFlashLoan(uint256,bytes)',
    'executeOperation(address[],uint256[],uint256[],address,bytes)',
    'executeOperation(address,uint256,uint256,address,bytes)',
    'receiveFlashLoan(address[],uint256[],uint256[],bytes)',
    'callFunction(address,(address,uint256),bytes)',
    'uniswapV3FlashCallback(uint256,uint256,bytes)',
    'pancakeV3FlashCallback(uint256,uint256,bytes)',
    'unlockCallback(bytes)',
  ],
  swap: [
    'uniswapV2Call(address,uint256,uint256,bytes)',
    'pancakeCall(address,uint256,uint256,bytes)',
    'uniswapV3SwapCallback(int256,int256,bytes)',
    'uniswapV3MintCallback(uint256,uint256,bytes)',
    'pancakeV3SwapCallback(int256,int256,bytes)',
    'algebraSwapCallback(int256,int256,bytes)',
  ],
  token: [
    'tokensReceived(address,address,address,uint256,bytes,bytes)',
    'tokensToSend(address,address,address,uint256,bytes,bytes)',
    'onERC721Received(address,address,uint256,bytes)',
    'onERC1155Received(address,address,uint256,uint256,bytes)',
    'onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)',
    'onTransferReceived(address,address,uint256,bytes)',
    'onApprovalReceived(address,uint256,bytes)',
    'onTokenTransfer(address,uint256,bytes)',
    'tokenFallback(address,uint256,bytes)',
  ],
}

const kinds = ['loan', 'swap', 'token'] as const

const known: ReadonlyMap<Hex, Callback> = new Map(
  kinds.flatMap((kind) =>
    signatures[kind].map(
      (signature) => [toFunctionSelector(signature), { name: signature.slice(0, signature.indexOf('(')), kind }] as const,
    ),
  ),
)

export function callbackOf(selector: Hex): Callback | undefined {
  return known.get(selector)
}
