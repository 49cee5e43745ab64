// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors were computed by another implementation of HMAC, from the
 * formulas of RFC 2409 5 and its appendix B; fill() says from what.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ipsecd/ike/keys.h"
#include "lib/buf.h"

#define MESSAGE_ID	0x89abcdef
#define SPI_BYTES	{ 0x01, 0x02, 0x03, 0x04 }
#define TEXT_LEN	48

/* Hexadecimal, but for the suite and the lengths of the nonces. */
struct vector {
	struct ike_suite suite;
	unsigned int nonce_i, nonce_r;
	const char *skeyid, *skeyid_d, *skeyid_a, *skeyid_e, *key;
	const char *hash_i, *hash_r, *hash1, *hash2, *hash3;
	const char *keymat, *keymat_pfs, *iv_phase1, *iv_exchange, *cipher_text;
};

static const struct vector vectors[] = {
	{
		.suite = { IKE_ENCRYPTION_DES, 0, IKE_HASH_MD5, IKE_AUTH_PSK, 14 },
		.nonce_i = 8, .nonce_r = 8,
		.skeyid = "cc61d8db9c96540cbbe8217728b36e4a",
		.skeyid_d = "1d5925cfd469884c13d769c638d0dde9",
		.skeyid_a = "b30d2f8f88f912f14b563777842db2d8",
		.skeyid_e = "b982a53dbfd04f5bb6ef35c98bc3dec3",
		.key = "b982a53dbfd04f5b",
		.hash_i = "b37d76eae68cd68671e692eae3d5ceea",
		.hash_r = "6f8e0199fa62bf54a2901f80aeaf4c76",
		.hash1 = "78f366ea1c839b6499c2ea5a5505f9ce",
		.hash2 = "2ac5570026cdd056eab811fd40d03ad1",
		.hash3 = "52868cb7e40a253fe66fd1abf636493a",
		.keymat =
			"407bffc2ffd0e1a6b562272ee62968fa8818d4edf431289b94e57a4daba72db037667736"
			"8877e5db8bac08478e93a9bd58056902dfa9ef133110585174e8e86add1ff17c45a3ed6a"
			"fbd606b40effd6945ff88eff1f34717993fab014c980ce4bf2c6d619",
		.keymat_pfs =
			"981ddbb0eb2acaf2f0740c1c7472a0073c7c553df1dbd9b71d2d5c1f04c6df8d69431d88",
		.iv_phase1 = "cd3500cd82748cf3",
		.iv_exchange = "f52dabfb67c34339",
		.cipher_text =
			"bee75080dabd89a73314c41966a1340c18403c7d917c93146b865177fb433879fbdcc87d"
			"c0f52d43b444e81b5db48d02",
	},
	{
		.suite = { IKE_ENCRYPTION_3DES, 0, IKE_HASH_MD5, IKE_AUTH_PSK, 14 },
		.nonce_i = 16, .nonce_r = 32,
		.skeyid = "6b4b3eb33af7790601899150d7e0ef29",
		.skeyid_d = "567131eb95abab2b36d3367214b09bfa",
		.skeyid_a = "0ac761922c26083ff33da6e96f67a548",
		.skeyid_e = "57f4141f9be20f8bd4a89daef9a38dc0",
		.key = "24e9380ed9641b06195c57f9dc625f78064f7f23b92f2f4b",
		.hash_i = "5ca270cbefb6746c895ee250cad90b6b",
		.hash_r = "fcb91ae7d0ce964b3825ac65e179a84a",
		.hash1 = "06c9575ca0cc2b91d8acb9c0e04fd28f",
		.hash2 = "21305375920d752e85fe5a691265215c",
		.hash3 = "4b8e244d0720f03b426756a8919d37fd",
		.keymat =
			"29349b0340c3fd5493c6882f551d5ae276831ac18b4cc418066e50260b9d2fa6846aa731"
			"46d81d4516e2246b514dad96f54d4dbad4635a2b7570cac4747b572940ff0446950f749c"
			"eb04980a256e0af70b1b9a019cf477de5157213ef4ff95afee1ad724",
		.keymat_pfs =
			"03b14da086e1748df067639e03c571570139f780ade3a5452f328f19eee2be55f6e7b431",
		.iv_phase1 = "cd3500cd82748cf3",
		.iv_exchange = "f52dabfb67c34339",
		.cipher_text =
			"dc392aa37c29bb624b99db3888368e12596f9e170abe9db83177fe19e91a3b85889cecf6"
			"e1aff2c5988db68d4fa689a9",
	},
	{
		.suite = { IKE_ENCRYPTION_3DES, 0, IKE_HASH_SHA, IKE_AUTH_PSK, 14 },
		.nonce_i = 32, .nonce_r = 32,
		.skeyid = "2012a8f409a8489b5d24ebee5b684e43bc8948a6",
		.skeyid_d = "32beaafc081b336b8a5855c5fa968a1ce11f0299",
		.skeyid_a = "90a1b6181d96f13fac6a8ed1984c1c803d71f223",
		.skeyid_e = "256969798de924d0a7f6d9d0ec2b1537c1b421ef",
		.key = "857a562d4dfade0fe29d028264db71cec470ac357568a319",
		.hash_i = "15a2cdcb40c009a96471dde1e908b5a67fb1ab45",
		.hash_r = "9e84230982a9ea3ebb0d92a6117db2b3617a964e",
		.hash1 = "a5299b067ed83c06db957c30d711cbf404b68c14",
		.hash2 = "c07f6897d208457ef679f241f653cf371809a5c5",
		.hash3 = "ac82f3417b5394a2612230498184d036f52e3d34",
		.keymat =
			"e48ddab8b5e2d571c71e6062a0aa908465daf0873af98d867a46ecdcecdb2bcf681878f1"
			"f026866d6db8b0bd00cd5bc8039169a5190fc01a5c2b0f6108b903dc6c991fb6c6718553"
			"f53fc48d11430ce712dc8b337e6df43949417bba77894cf0b6e05e9c",
		.keymat_pfs =
			"328fbfcde243410f2eb6f1d6d372a92bb00bb347982491bd7f09624141d1570bb2219e1c",
		.iv_phase1 = "a45ccc5bed596a8b",
		.iv_exchange = "6448579155aefa2f",
		.cipher_text =
			"80e7827c429f4d423cf8be172e41a81bc25a8eff489b113cea8c8fdc2bac012d70033b60"
			"8931734619241deedc996bc5",
	},
	{
		.suite = { IKE_ENCRYPTION_AES, 256, IKE_HASH_SHA, IKE_AUTH_PSK, 14 },
		.nonce_i = 32, .nonce_r = 20,
		.skeyid = "19b0f630b05236fc07aa48b82c49a7935704dc32",
		.skeyid_d = "293e27a13b4b0aac25b19c2c678241b5cc3ff47f",
		.skeyid_a = "63d22c360d0140f1b29a8094d76c7aed8b6c4c2a",
		.skeyid_e = "a650a692ae2d13fca948e36ee47cbfc98d4c281e",
		.key = "28f23a856b7f45e342655ec73635d5141f84e03a040f57f8840166e493a02712",
		.hash_i = "355e770f3936ad99f3edae76fbd80cc9740de6c6",
		.hash_r = "316e98447d919f5898c82fcbf2001f65466a2b91",
		.hash1 = "e94e92814516e00f9dcbcf257ddc826e819b7a24",
		.hash2 = "41e9459f397e3bb074dc354a6a319cb9cc74e223",
		.hash3 = "1ebfc9c65fccb952a9bcf9b0a690524ae6b7a9ef",
		.keymat =
			"502d86c4fe1787489d237c6fe1ccf56e5e4df04bf312a844d8d727ce668a9e7d3b53de5b"
			"196bb10c5691e735a3a301104f125192dc1a23cb6b88dbe384bbdaa588a53052af56a66e"
			"892b11a969f24c8b25fe47a589034ff979019fa4b6033daf62651bd1",
		.keymat_pfs =
			"454ed892c4a7fafa53ddbba1fd5213c0bd396eef57c517e1ad75ab96c6ab1bb3257ca4d7",
		.iv_phase1 = "a45ccc5bed596a8b9389f24adca27ec9",
		.iv_exchange = "cd393253e87f58a0d854c9adf2882215",
		.cipher_text =
			"ea4c8c0ec6ac05edc4c57a6a2197be8d8ed618183736a19d44eacb24fa22e32a4a422677"
			"706732b75e76621811b7632a",
	},
	{
		.suite = { IKE_ENCRYPTION_AES, 256, IKE_HASH_MD5, IKE_AUTH_RSA_SIG, 14 },
		.nonce_i = 16, .nonce_r = 16,
		.skeyid = "a24ccbb489bc34836be00c6cb923d963",
		.skeyid_d = "34501de57c683014c499ed2108a78f33",
		.skeyid_a = "52bf9edaab99e18db8e145ee6a53fcec",
		.skeyid_e = "60f1ac186b67c640c62cb0bccd069590",
		.key = "90f7eaee7900d4e15f2fdacf38e823392d737d9660576f811e4f89de483f8007",
		.hash_i = "f7d516c4135ffd6ab43ad3f27d1931d2",
		.hash_r = "f9e06785387245f03d15088f8c317dcd",
		.hash1 = "35b302ecdda8629e6d67819a006e6f22",
		.hash2 = "1e1c3064a88193120f149a130fe1acf6",
		.hash3 = "52a9c3b16b3dfb2800cdf597799e9c86",
		.keymat =
			"b34eb4c233682d4c3bf2845b4399f22695f41c62cdc340983ba2c2014e392c86208a94a5"
			"df37fbdeae0f8c20b740ef66146fea1b2ae5768985b235170bd32957577c7245ff30d97c"
			"7439118ec77de07297b19d39d41663e3f310c9855dd0ab844ae81207",
		.keymat_pfs =
			"04d079126e91b3ed17f322bbc15d91a05e84eee5ab353c2c85139611ad4b3f9a8a8a3d30",
		.iv_phase1 = "cd3500cd82748cf36116ab9249dfef1f",
		.iv_exchange = "23926a52ad1d2b1f78fe3e48d8a07933",
		.cipher_text =
			"2c014876e4f143344d8b5459b236abeb0670c1993706b17d8828b73be7ea30f283ae1f7c"
			"5157ce3c7e51ba46e7692859",
	},
	{
		.suite = { IKE_ENCRYPTION_AES, 128, IKE_HASH_SHA256, IKE_AUTH_RSA_SIG, 14 },
		.nonce_i = 32, .nonce_r = 32,
		.skeyid = "3f9e0c442d5d618e6fd712d9aac5a66258f5981bc3932097bb7c72a60463b7af",
		.skeyid_d = "15974d467cb75cc705ed1039ecce6ca3d2eaf62502c762a1162223bbfdb87216",
		.skeyid_a = "8c4339eaea548856613f4cd46dfabfea676427077226c32fe1e898b7b7916665",
		.skeyid_e = "87df2f8e31410916712988662c583ef43c57111ebc66db1956f359205a7681fe",
		.key = "87df2f8e31410916712988662c583ef4",
		.hash_i = "42b2b1b72b5eb910a18863de2bcc613d67c66f863db6148c8d27cd7275cb2639",
		.hash_r = "2ecfbdca80dae986ee0c539d9547843c2458d664ff1bab34283418956a6083e6",
		.hash1 = "7064a576a505b54355f32a770f1ef5319c007138a6d0161a2b21ee32e79687df",
		.hash2 = "9f52451e1967ad87c0a39b13d0f3aac209bacbf517798585f7fcb581ed149470",
		.hash3 = "fdf3f254d3586cc8145b5e5e29216e680af4c4048a8a6ba5e4b7536d33573cc1",
		.keymat =
			"75ede1389a80aeb8a9ba48f51993b338ef2d4595b18f0f4889799666d9f6c479ef5900dc"
			"b6fbdafcd9e26e18ec5462bc615460a0431981d9d29e25e4c8700449957f9d0357d6ede3"
			"10a23c064075c6c36549514293f3fda594d3ca49d5e31dda11f455e3",
		.keymat_pfs =
			"2313eaa9b46a8b6611fb32c0d84214d444d9f877cf971a835ea5a34be797dc1c58ec36fa",
		.iv_phase1 = "c6dc766ac542b20cc9b813e48f51ffec",
		.iv_exchange = "234f2cd87a3733c610e125785b5a97d2",
		.cipher_text =
			"8b090a59b1b2217caacb3d0dcf4782500f13417340db1a65d4b2ccb8901b03c20f58cc2e"
			"e8c9c1febf177015ca4d0c4c",
	},
	{
		.suite = { IKE_ENCRYPTION_AES, 192, IKE_HASH_SHA384, IKE_AUTH_PSK, 14 },
		.nonce_i = 32, .nonce_r = 32,
		.skeyid =
			"ce58db0fb9d487f875d7a436910e20a0a7111bf05273b547feaa0809ade6dd6272f4bac2"
			"b1e8e7a2de80aacb3ca740a0",
		.skeyid_d =
			"dd0fcc5589f424f9fa0b6dc41bb09d6c0262bc5cb95627526ea367f9494890eed658d9b8"
			"319791b82bc9e6bb8c926b84",
		.skeyid_a =
			"db921de37783132644f34e53f2cabe2d91925f51c2d9b148544279e59144aa405f5d321b"
			"c370da586b03c33d0fbab764",
		.skeyid_e =
			"c678ed737b89127638304b8bbff30fcdc45a2133567f574e36ce2c43957ec3c9e8b2c422"
			"0d5cbb513ef9d69076e1988c",
		.key = "c678ed737b89127638304b8bbff30fcdc45a2133567f574e",
		.hash_i =
			"124c07707d59d9a25b3d1ca7e13b2f055f950f779ee18405745b9465e1f1ca7222190b40"
			"2cbc3ba783129ce43cac9f46",
		.hash_r =
			"a2fdef3048abe63dea26c55f4fc693f893754bae95ea67cceab99c95d918fca8b74e7d0a"
			"e66f190b1c15dd2ae7df42ba",
		.hash1 =
			"7216e5a25a8e0e03819fde5c83119f5c38b042a341b3dcd3f36a1b3bce3b558398568f52"
			"ac598fec0f512b054fd357e8",
		.hash2 =
			"2ccc1b8165ede2510959880e058dda42f3e0b6f1449d052f154fc73f8b847c83443158f0"
			"3eac787c8f99a0d1d8bb2fd7",
		.hash3 =
			"e4f021b43d230a18249fbe2d15e7dee015fb00864743f11b34b9cad0d62671bdcb4048b1"
			"b8a54dcfd6aa2dab9c52f095",
		.keymat =
			"ca32018587ed013652bc9e0f36d2844590905a56b6fa9694ccf1e3ceb856ce513fd4f563"
			"2ca8edb7b3090ba6c77044c8c6bcab2fca5befb6b9685e661f56af474b789c1026f9893a"
			"f729de0c414892098705593c68afc32f9db2f97df12314fcc14daace",
		.keymat_pfs =
			"e8abdbfd212570734e781be7ced6fedc27de1cb2ea7aacf200e29601a776330d3bbf5855",
		.iv_phase1 = "a4f0a4559b1a735ece158881c11ba436",
		.iv_exchange = "7e31d6636b433a0ec80c273833f2ab7e",
		.cipher_text =
			"bc2cc67aa7f678fcafab5853941fc35071e079c236f59491a0565185a3c3f2ad207dac83"
			"b54aad816b5f6f8a845d198f",
	},
	{
		.suite = { IKE_ENCRYPTION_AES, 256, IKE_HASH_SHA512, IKE_AUTH_RSA_SIG, 14 },
		.nonce_i = 256, .nonce_r = 200,
		.skeyid =
			"600ee1a4990d8497382696edf1dc143315219b08ba99b0512ca6cf87827bbf6e170fbe29"
			"4ac519e1430787dee8a0e1326a525004f8e835acca4c8188a7440590",
		.skeyid_d =
			"cbfd96364938e019572cbb9f0f812d81ab43381f90c27cad6f9d78cc96981eaa1001afac"
			"8e44e3839e0019bd75006d2fc0c0a94c745db7d183a90cc92e01c957",
		.skeyid_a =
			"c435824f6446da9284f441338977aab9d5260145552dea5ecd366417315b2d28a3edf1c8"
			"9b58dd35d717c961391762710dc12b7e58a411bb4c52b502abb7c6e4",
		.skeyid_e =
			"6dbd9ec9006136c5b4b39c65c967b2b27d8413c6e36bea581c9fd97d2992df90c2a77676"
			"6dd9f87c12a6c0db21081cbd213034fac1b202a56db88756536c85f1",
		.key = "6dbd9ec9006136c5b4b39c65c967b2b27d8413c6e36bea581c9fd97d2992df90",
		.hash_i =
			"f9a5e89b6c5c8f3c44c7521b02f4ef52b56f5e9f983619b019cab27e0d3ff49e5e0d7efb"
			"7da3a44424c307166359f797bc412c12329738fe95c347aead6649c0",
		.hash_r =
			"11d862e3ba9e6b5bafe913a6f829aec61cb848605ae1bf4ad086549d8f8e90b64c132fe5"
			"2b664f5a9ab4d68f473343ba76e35914105d5151d79d90ee6ea55e5e",
		.hash1 =
			"361a003a4d240bb68aa163c6d5a8abef433c5f64bd9b1b363a7f5c4086c6d48798491bf4"
			"1c47542cd8d63f8127da3fba151ff95e2fcc4b73159b83d22c22a94a",
		.hash2 =
			"c007d5adfabb678ba0d02ccc8d942126beb7bf53d44615f6284f894e519fc3152f3efa30"
			"4087157ba9aad56431023d5284baee0af63e1320c2bf3edb8592ec77",
		.hash3 =
			"abb3e5089a71c4601a9fa646cd5715d6f74ff2af1066c4b6cd1c686ccccaf137eb67010b"
			"2683b5a9f37e14e0547ab6593418d9473d2bf32a302978bef2ac56d9",
		.keymat =
			"23c05dd1f8ab86cdf11c1d66cf869ac6f79728ea63d5578d33043a18cd2eeb7c880c43d3"
			"51c0aede5a84538edf4428b5782496b004076f6f440848889553698756fbefdc0a4f01c9"
			"04f780180f0cec34d3d889208c34a30d663cc61da4ea2bb5903c362d",
		.keymat_pfs =
			"c1a0901a6fea28b8775f62120a31c41c1e6b801b6bca28cf29985cb244915af8e47d9a05",
		.iv_phase1 = "56a0beb6afc23dbda59e25e56ac42d2a",
		.iv_exchange = "c5368ad99f82b03509509b731b4a2dfc",
		.cipher_text =
			"60c2272ec07fec1197992b4f44c352eddedfbd3752ba9e6d03ab9ecbeca494cb122c7ce6"
			"8ea1f18d8b976f7d76180a57",
	},
	{
		.suite = { IKE_ENCRYPTION_AES, 128, IKE_HASH_SHA, IKE_AUTH_RSA_SIG, 14 },
		.nonce_i = 256, .nonce_r = 256,
		.skeyid = "12a27757f836c81b3b2d8eecf13928f795498d61",
		.skeyid_d = "87b188f2dfaeed7ced96c49926299a09280218fc",
		.skeyid_a = "7c2417d4b8573840b3927264842d68f73a298716",
		.skeyid_e = "b0fd3afb250146c7d953f645169e1f97bd5712d8",
		.key = "b0fd3afb250146c7d953f645169e1f97",
		.hash_i = "35c1744a8836c457424d661f89b70aa517294874",
		.hash_r = "3e07e90dfcfdb977fe82c3bcbdc96d64fb06ddc7",
		.hash1 = "b196ac21af24f6ed20e15d28b5e8b136cdabe290",
		.hash2 = "6e382c1e804b518b4b4a182aab36648c08bcb7fb",
		.hash3 = "39b83646d090122eba9987b8878c515c0eb8ac95",
		.keymat =
			"7b8ccbaaea87cb4c2420bb783fa499e0b46c01abef37be20f8ae5196e60ae23f03369704"
			"9162a4ed30e8ad4c7b9097eedee42693f837d8dd5dae4edf2ac1edd97c4221df2b20dbce"
			"c871e55bcc8c48a470f988fac89d1754dde315b0d8aff447b0cbcaa9",
		.keymat_pfs =
			"b10cf8201e26cc50aea1632956fc4357bef3f51b5def65bac282945f2526158ca757a6b6",
		.iv_phase1 = "a45ccc5bed596a8b9389f24adca27ec9",
		.iv_exchange = "cd393253e87f58a0d854c9adf2882215",
		.cipher_text =
			"fd77c3a5b57a6696979560c5485d7f0f9929932c1767e55837ca739c4d127b075c555097"
			"1620a14c37efbac889e766f5",
	},
	{
		.suite = { IKE_ENCRYPTION_DES, 0, IKE_HASH_SHA512, IKE_AUTH_PSK, 14 },
		.nonce_i = 20, .nonce_r = 20,
		.skeyid =
			"cfea4bb7103ffe6f105ec4e0d5878e869b9cfa7a391848f954bebc0c85350a420511b343"
			"b0074edc7b31d9f4bac2507385d2327ec0590dbde91a8aaeeb0f2395",
		.skeyid_d =
			"f62a5dbda34b8f6861681948a57acbd40db3347820b15375c2e5eb61450f57c2cd946c3e"
			"7ebe78a1ff2fa51058c3c2dfe8a30562098cb51e13f8d17619b3b6fe",
		.skeyid_a =
			"b73a055546a332d8d5b4ceb854e2229e650fe46ec562869f2d86ff347a95bfd3e7e64c75"
			"4ecd94812a161b9c8b4e52062bc6ea22c89c35a96a0e460082c2a3b7",
		.skeyid_e =
			"f35b4d315af13fb252217061c1c50744ca33e61236fa6df4de1d31010727d3c754062f47"
			"2269acb9b0b1d3255907d9f9e2b926f20b8b18acb3ebc4e16ded007b",
		.key = "f35b4d315af13fb2",
		.hash_i =
			"4b75608fbd0ef2c68dd85cf864834e1a51274e366a26513397468e2801b5a2b55abfe7d9"
			"b05da75abcfe5a9b0f31a5e468b6b3253d699df1f26f3eafaf2d8a97",
		.hash_r =
			"ea66679ebe06fc411ba310448ab464c60a1ea80b063449580317d4f7db6d48c5cf5d95d0"
			"feadf4e64691aad8a42f846e7bd7d4304b83c6dd1cf16725210c1497",
		.hash1 =
			"2014bc715b3aa403e78d5cb20df8df7717d8fad4e7df311ef621d56ade809a2766c9a738"
			"ecf240293ee5dac9cd756c36ba467a8a69e4f2d32aa2c5706b1a34ef",
		.hash2 =
			"a08b83de416f20703263f1714b0bae38c471b8dafe7a33320bfcd7023ccf0e6d55b62672"
			"a23e4d0588dd58dc3b42e3649e814e46662f538dad6c67dee3531498",
		.hash3 =
			"c5d273a935e1816434bb3769248619c9ef7b33eacb9daf8ad5c5c3dc72389b7ce58532a8"
			"a05eb9f410846455f7a103d832f5ef87aaf2ac09c1fe1bf5c97107ae",
		.keymat =
			"42c5839467dc0856c67cb77627f1533895ef0ed0eaae9a71ec074739f8c44e49f6532bbd"
			"8ce644b7ed0fc167d5f554b02cbdddb5520bf3ef4c4ca62845b9cc7382b1eafd9d81244d"
			"21096f37cb04a641d3781cf9cf22d504affe862c978b41d1ad423a5e",
		.keymat_pfs =
			"3643a666eb5783fc557e67edc63eaa7bd303257db0f80fbd5179ca4a316425da845c7805",
		.iv_phase1 = "56a0beb6afc23dbd",
		.iv_exchange = "80d69daaa01f5043",
		.cipher_text =
			"3040fbf4beb0409285ad957588e1e0a3d98630fb59f9fe00f3cd1e423cab08c04cb944fa"
			"43cb780d97fdd27b457cf0a8",
	},
};

#define N_VECTORS (sizeof(vectors) / sizeof(vectors[0]))

/**
 * struct side - what a phase 1 has exchanged
 * @k: points to the rest
 */
struct side {
	struct ike_keying k;
	uint8_t public_i[256], public_r[256], nonce_i[256], nonce_r[256];
	struct dh_secret secret;
};

static void fill(void *out, unsigned int seed, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)(seed + i * 37);
}

static void set_up(struct side *s, const struct vector *v)
{
	memset(s, 0, sizeof(*s));
	fill(s->public_i, 1, sizeof(s->public_i));
	fill(s->public_r, 2, sizeof(s->public_r));
	fill(s->nonce_i, 3, v->nonce_i);
	fill(s->nonce_r, 4, v->nonce_r);
	s->secret.len = 256;
	fill(s->secret.bytes, 0, 256);
	s->k.suite = v->suite;
	if (v->suite.auth == IKE_AUTH_PSK)
		s->k.psk = (struct ike_part){ "cisco123", 8 };
	s->k.nonce_i = (struct ike_part){ s->nonce_i, v->nonce_i };
	s->k.nonce_r = (struct ike_part){ s->nonce_r, v->nonce_r };
	s->k.public_i = (struct ike_part){ s->public_i, sizeof(s->public_i) };
	s->k.public_r = (struct ike_part){ s->public_r, sizeof(s->public_r) };
	fill(s->k.cookie_i, 0x10, ISAKMP_COOKIE_LEN);
	fill(s->k.cookie_r, 0x80, ISAKMP_COOKIE_LEN);
	s->k.secret = &s->secret;
}

static void assert_hex(const void *bytes, const char *hex)
{
	uint8_t expected[1024];
	int n = buf_parse_hex(expected, sizeof(expected), hex);

	assert_true(n > 0);
	assert_memory_equal(bytes, expected, (size_t)n);
}

static void test_derive(void **state)
{
	const struct vector *v;
	struct ike_keys keys;
	struct side s;

	(void)state;
	for (v = vectors; v < vectors + N_VECTORS; v++) {
		set_up(&s, v);
		assert_int_equal(ike_keys_derive(&keys, &s.k), 0);
		assert_int_equal(keys.len, strlen(v->skeyid) / 2);
		assert_hex(keys.skeyid, v->skeyid);
		assert_hex(keys.skeyid_d, v->skeyid_d);
		assert_hex(keys.skeyid_a, v->skeyid_a);
		assert_hex(keys.skeyid_e, v->skeyid_e);
		assert_int_equal(ike_key_len(&keys.suite), strlen(v->key) / 2);
		assert_hex(keys.encryption, v->key);
	}
}

static void test_hashes(void **state)
{
	uint8_t sa[60], id[8], rest[100], out[IKE_HASH_MAX];
	const struct ike_part sa_part = { sa, sizeof(sa) }, id_part = { id, sizeof(id) };
	const struct ike_part rest_part = { rest, sizeof(rest) };
	const struct vector *v;
	struct ike_keys keys;
	struct side s;

	(void)state;
	fill(sa, 5, sizeof(sa));
	fill(id, 6, sizeof(id));
	fill(rest, 9, sizeof(rest));
	for (v = vectors; v < vectors + N_VECTORS; v++) {
		set_up(&s, v);
		assert_int_equal(ike_keys_derive(&keys, &s.k), 0);
		assert_int_equal(ike_hash_auth(&keys, &s.k, true, sa_part, id_part, out), 0);
		assert_hex(out, v->hash_i);
		assert_int_equal(ike_hash_auth(&keys, &s.k, false, sa_part, id_part, out), 0);
		assert_hex(out, v->hash_r);
		assert_int_equal(ike_hash1(&keys, MESSAGE_ID, rest_part, out), 0);
		assert_hex(out, v->hash1);
		assert_int_equal(ike_hash2(&keys, MESSAGE_ID, s.k.nonce_i, rest_part, out), 0);
		assert_hex(out, v->hash2);
		assert_int_equal(ike_hash3(&keys, MESSAGE_ID, s.k.nonce_i, s.k.nonce_r, out), 0);
		assert_hex(out, v->hash3);
	}
}

static void test_keymat(void **state)
{
	const uint8_t spi_bytes[] = SPI_BYTES;
	struct dh_secret pfs = { .len = 32 };
	const struct vector *v;
	struct ike_keys keys;
	uint8_t out[101];
	struct side s;
	uint32_t spi;

	(void)state;
	memcpy(&spi, spi_bytes, sizeof(spi));
	fill(pfs.bytes, 0, pfs.len);
	for (v = vectors; v < vectors + N_VECTORS; v++) {
		set_up(&s, v);
		assert_int_equal(ike_keys_derive(&keys, &s.k), 0);
		out[100] = 0x5a;
		assert_int_equal(ike_keymat(&keys, ISAKMP_PROTO_ESP, spi, NULL, s.k.nonce_i,
					    s.k.nonce_r, out, 100), 0);
		assert_int_equal(strlen(v->keymat), 200);
		assert_hex(out, v->keymat);
		assert_int_equal(out[100], 0x5a);
		out[36] = 0xa5;
		assert_int_equal(ike_keymat(&keys, ISAKMP_PROTO_ESP, spi, &pfs, s.k.nonce_i,
					    s.k.nonce_r, out, 36), 0);
		assert_int_equal(strlen(v->keymat_pfs), 72);
		assert_hex(out, v->keymat_pfs);
		assert_int_equal(out[36], 0xa5);
		/* The other protocol has other keys; of none there is nothing. */
		assert_int_equal(ike_keymat(&keys, ISAKMP_PROTO_AH, spi, NULL, s.k.nonce_i,
					    s.k.nonce_r, out + 50, 36), 0);
		assert_memory_not_equal(out, out + 50, 36);
		assert_int_equal(ike_keymat(&keys, ISAKMP_PROTO_ESP, spi, NULL, s.k.nonce_i,
					    s.k.nonce_r, NULL, 0), 0);
	}
}

static void test_messages(void **state)
{
	uint8_t clear[TEXT_LEN], text[TEXT_LEN], sent[TEXT_LEN];
	struct ike_iv phase1, start, iv;
	const struct vector *v;
	struct ike_keys keys;
	struct side s;
	size_t block;

	(void)state;
	fill(clear, 7, sizeof(clear));
	for (v = vectors; v < vectors + N_VECTORS; v++) {
		set_up(&s, v);
		assert_int_equal(ike_keys_derive(&keys, &s.k), 0);
		block = ike_block_len(v->suite.encryption);
		assert_int_equal(ike_iv_phase1(&phase1, &s.k), 0);
		assert_hex(phase1.bytes, v->iv_phase1);
		assert_int_equal(strlen(v->iv_phase1), 2 * block);
		assert_int_equal(ike_iv_exchange(&start, &keys, &phase1, MESSAGE_ID), 0);
		assert_hex(start.bytes, v->iv_exchange);

		memcpy(text, clear, sizeof(text));
		iv = start;
		assert_int_equal(ike_encrypt(&keys, &iv, text, sizeof(text)), 0);
		assert_hex(text, v->cipher_text);
		assert_memory_equal(iv.bytes, text + sizeof(text) - block, block);
		/* In two messages the chain is the same. */
		memcpy(text, clear, sizeof(text));
		iv = start;
		assert_int_equal(ike_encrypt(&keys, &iv, text, block), 0);
		assert_int_equal(ike_encrypt(&keys, &iv, text + block, sizeof(text) - block), 0);
		assert_hex(text, v->cipher_text);

		memcpy(sent, text, sizeof(sent));
		iv = start;
		assert_int_equal(ike_decrypt(&keys, &iv, text, 2 * block), 0);
		assert_memory_equal(iv.bytes, sent + block, block);
		assert_int_equal(ike_decrypt(&keys, &iv, text + 2 * block,
					     sizeof(text) - 2 * block), 0);
		assert_memory_equal(text, clear, sizeof(text));
	}
}

static void set_key(struct ike_keys *keys, struct ike_iv *iv, unsigned int encryption,
		    unsigned int bits, const char *key, const char *iv_hex)
{
	memset(keys, 0, sizeof(*keys));
	memset(iv, 0, sizeof(*iv));
	keys->suite = (struct ike_suite){ .encryption = (uint16_t)encryption,
					  .key_bits = (uint16_t)bits, .hash = IKE_HASH_SHA };
	assert_true(buf_parse_hex(keys->encryption, sizeof(keys->encryption), key) > 0);
	assert_true(buf_parse_hex(iv->bytes, sizeof(iv->bytes), iv_hex) > 0);
}

/* FIPS 81 table C1 for DES, SP 800-38A F.2 for AES. */
static void test_ciphers(void **state)
{
	static const struct {
		unsigned int encryption, bits;
		const char *key, *iv, *clear, *text;
	} known[] = {
		{ IKE_ENCRYPTION_DES, 0, "0123456789abcdef", "1234567890abcdef",
		  "4e6f77206973207468652074696d6520666f7220616c6c20",
		  "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
		{ IKE_ENCRYPTION_AES, 128, "2b7e151628aed2a6abf7158809cf4f3c",
		  "000102030405060708090a0b0c0d0e0f",
		  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
		  "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" },
		{ IKE_ENCRYPTION_AES, 192, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		  "000102030405060708090a0b0c0d0e0f",
		  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
		  "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a" },
		{ IKE_ENCRYPTION_AES, 256,
		  "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		  "000102030405060708090a0b0c0d0e0f",
		  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
		  "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d" },
	};
	uint8_t text[64];
	struct ike_keys keys;
	struct ike_iv iv;
	unsigned int i;
	int len;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		set_key(&keys, &iv, known[i].encryption, known[i].bits, known[i].key,
			known[i].iv);
		len = buf_parse_hex(text, sizeof(text), known[i].clear);
		assert_int_equal(ike_encrypt(&keys, &iv, text, (size_t)len), 0);
		assert_hex(text, known[i].text);
		set_key(&keys, &iv, known[i].encryption, known[i].bits, known[i].key,
			known[i].iv);
		assert_int_equal(ike_decrypt(&keys, &iv, text, (size_t)len), 0);
		assert_hex(text, known[i].clear);
	}
}

/* What cannot be encrypted or decrypted changes nothing. */
static void test_bad_lengths(void **state)
{
	static const size_t bad[] = { 0, 1, 7, 15, 17, 31 };
	uint8_t clear[32], text[32];
	struct ike_iv iv, start;
	struct ike_keys keys;
	unsigned int i, n;

	(void)state;
	fill(clear, 1, sizeof(clear));
	for (n = 0; n < 2; n++) {
		set_key(&keys, &start, n ? IKE_ENCRYPTION_AES : IKE_ENCRYPTION_3DES, n ? 128 : 0,
			"000102030405060708090a0b0c0d0e0f1011121314151617",
			"000102030405060708090a0b0c0d0e0f");
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			memcpy(text, clear, sizeof(text));
			iv = start;
			assert_int_equal(ike_decrypt(&keys, &iv, text, bad[i]), -EBADMSG);
			assert_int_equal(ike_encrypt(&keys, &iv, text, bad[i]), -EBADMSG);
			assert_memory_equal(text, clear, sizeof(text));
			assert_memory_equal(&iv, &start, sizeof(iv));
		}
	}
	assert_int_equal(ike_decrypt(&keys, &iv, text, 8), -EBADMSG);
	keys.suite.key_bits = 100;
	assert_int_equal(ike_decrypt(&keys, &iv, text, 16), -EIO);
	keys.suite.encryption = 2;
	assert_int_equal(ike_encrypt(&keys, &iv, text, 16), -EIO);
	assert_memory_equal(text, clear, sizeof(text));
}

/* RFC 2202 test cases 2 and 6, RFC 4231 test case 2; "abc" of RFC 1321, FIPS 180. */
static void test_prf(void **state)
{
	static const struct {
		unsigned int hash;
		const char *mac, *digest;
	} known[] = {
		{ IKE_HASH_MD5, "750c783e6ab0b503eaa86e310a5db738",
		  "900150983cd24fb0d6963f7d28e17f72" },
		{ IKE_HASH_SHA, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
		  "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ IKE_HASH_SHA256,
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ IKE_HASH_SHA384,
		  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		  "8e2240ca5e69e2c78b3239ecfab21649",
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		  "8086072ba1e7cc2358baeca134c825a7" },
		{ IKE_HASH_SHA512,
		  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		  "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	const struct ike_part text[] = {
		{ "what do ya", 10 }, { NULL, 0 }, { " want for nothing?", 18 },
	};
	const struct ike_part abc[] = { { "a", 1 }, { "", 0 }, { "bc", 2 } };
	uint8_t out[IKE_HASH_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(ike_hash_len(known[i].hash), strlen(known[i].digest) / 2);
		assert_int_equal(ike_prf(known[i].hash, "Jefe", 4, text, 3, out), 0);
		assert_hex(out, known[i].mac);
		assert_int_equal(ike_digest(known[i].hash, abc, 3, out), 0);
		assert_hex(out, known[i].digest);
	}
}

static void test_prf_keys(void **state)
{
	const struct ike_part text = { "Test Using Larger Than Block-Size Key - Hash Key First",
				       54 };
	const struct ike_part none = { NULL, 0 };
	uint8_t key[131], out[IKE_HASH_MAX];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	assert_int_equal(ike_prf(IKE_HASH_MD5, key, 80, &text, 1, out), 0);
	assert_hex(out, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
	assert_int_equal(ike_prf(IKE_HASH_SHA, key, 80, &text, 1, out), 0);
	assert_hex(out, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
	assert_int_equal(ike_prf(IKE_HASH_SHA256, key, 131, &text, 1, out), 0);
	assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	/* Nothing, by no key: not by the one of before. */
	assert_int_equal(ike_prf(IKE_HASH_SHA256, NULL, 0, &none, 1, out), 0);
	assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	assert_int_equal(ike_prf(IKE_HASH_SHA256, "", 0, NULL, 0, out), 0);
	assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	assert_int_equal(ike_prf(3, "", 0, NULL, 0, out), -EIO);
	assert_int_equal(ike_digest(3, NULL, 0, out), -EIO);
	assert_int_equal(ike_hash_len(3), 0);
}

static int check_key(unsigned int encryption, const char *hex)
{
	struct ike_keys keys;
	struct ike_iv iv;

	set_key(&keys, &iv, encryption, 0, hex, "00");
	return ike_key_check(&keys);
}

static void test_weak_keys(void **state)
{
	/* As published, with odd parity. */
	static const char *const weak[] = {
		"0101010101010101", "fefefefefefefefe", "1f1f1f1f0e0e0e0e", "e0e0e0e0f1f1f1f1",
		"01fe01fe01fe01fe", "fe01fe01fe01fe01", "1fe01fe00ef10ef1", "e01fe01ff10ef10e",
		"01e001e001f101f1", "e001e001f101f101", "1ffe1ffe0efe0efe", "fe1ffe1ffe0efe0e",
		"011f011f010e010e", "1f011f010e010e01", "e0fee0fef1fef1fe", "fee0fee0fef1fef1",
		/* Parity does not matter. */
		"0000000000000000", "ffffffffffffffff", "1e1e1e1e0f0f0f0f", "e1e1e1e1f0f0f0f0",
	};
	static const char good[] = "0123456789abcdef", other[] = "fedcba9876543210";
	char key[49];
	unsigned int i, at;

	(void)state;
	assert_int_equal(check_key(IKE_ENCRYPTION_DES, good), 0);
	assert_int_equal(check_key(IKE_ENCRYPTION_DES, "0301010101010101"), 0);
	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		assert_int_equal(check_key(IKE_ENCRYPTION_DES, weak[i]), -EKEYREJECTED);
		for (at = 0; at < 3; at++) {
			snprintf(key, sizeof(key), "%s%s%s", at == 0 ? weak[i] : good,
				 at == 1 ? weak[i] : other, at == 2 ? weak[i] : good);
			assert_int_equal(check_key(IKE_ENCRYPTION_3DES, key), -EKEYREJECTED);
		}
	}
	/* One key after the other that is the same, but for parity, undoes it. */
	snprintf(key, sizeof(key), "%s%s%s", good, good, other);
	assert_int_equal(check_key(IKE_ENCRYPTION_3DES, key), -EKEYREJECTED);
	snprintf(key, sizeof(key), "%s%s%s", other, good, "0022446688aaccee");
	assert_int_equal(check_key(IKE_ENCRYPTION_3DES, key), -EKEYREJECTED);
	snprintf(key, sizeof(key), "%s%s%s", good, other, good);
	assert_int_equal(check_key(IKE_ENCRYPTION_3DES, key), 0);
	assert_int_equal(check_key(IKE_ENCRYPTION_AES, "0101010101010101"), 0);
}

static void test_refused(void **state)
{
	const uint8_t zeros[sizeof(struct ike_keys)] = { 0 };
	struct ike_keys keys;
	struct side s;

	(void)state;
	set_up(&s, &vectors[0]);
	s.k.suite.hash = 3;
	assert_int_equal(ike_keys_derive(&keys, &s.k), -EINVAL);
	set_up(&s, &vectors[0]);
	s.k.suite.key_bits = 128;
	assert_int_equal(ike_keys_derive(&keys, &s.k), -EINVAL);
	set_up(&s, &vectors[0]);
	s.secret.len = 0;
	assert_int_equal(ike_keys_derive(&keys, &s.k), -EINVAL);
	set_up(&s, &vectors[0]);
	s.k.secret = NULL;
	assert_int_equal(ike_keys_derive(&keys, &s.k), -EINVAL);
	set_up(&s, &vectors[0]);
	s.k.nonce_r.len = IKE_NONCE_MAX + 1;
	memset(&keys, 0x55, sizeof(keys));
	assert_int_equal(ike_keys_derive(&keys, &s.k), -EINVAL);
	/* Nothing is left of a try. */
	assert_memory_equal(&keys, zeros, sizeof(keys));
	set_up(&s, &vectors[0]);
	assert_int_equal(ike_keys_derive(&keys, &s.k), 0);
	ike_keys_wipe(&keys);
	assert_memory_equal(&keys, zeros, sizeof(keys));
}

static void test_supported(void **state)
{
	static const uint16_t ciphers[][2] = { { 1, 0 }, { 5, 0 }, { 7, 128 }, { 7, 192 },
					       { 7, 256 } };
	static const uint16_t hashes[] = { 1, 2, 4, 5, 6 };
	static const uint16_t groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
	struct ike_suite s = { .auth = IKE_AUTH_PSK };
	unsigned int c, h, g;

	(void)state;
	for (c = 0; c < 5; c++) {
		for (h = 0; h < 5; h++) {
			for (g = 0; g < 10; g++) {
				s.encryption = ciphers[c][0];
				s.key_bits = ciphers[c][1];
				s.hash = hashes[h];
				s.group = groups[g];
				assert_true(ike_suite_supported(&s));
			}
		}
	}
	s.auth = IKE_AUTH_RSA_SIG;
	assert_true(ike_suite_supported(&s));
	s.auth = 2;
	assert_false(ike_suite_supported(&s));
	s = (struct ike_suite){ 7, 0, 2, 1, 2 };
	assert_false(ike_suite_supported(&s));
	s = (struct ike_suite){ 1, 64, 2, 1, 2 };
	assert_false(ike_suite_supported(&s));
	s = (struct ike_suite){ 7, 128, 3, 1, 2 };
	assert_false(ike_suite_supported(&s));
	s = (struct ike_suite){ 7, 128, 2, 1, 3 };
	assert_false(ike_suite_supported(&s));
	s = (struct ike_suite){ 6, 128, 2, 1, 2 };
	assert_false(ike_suite_supported(&s));
	assert_int_equal(ike_key_len(&s), 0);
	assert_int_equal(ike_block_len(6), 0);
}

static void test_not_loaded(void **state)
{
	const struct ike_suite suite = { 7, 128, 4, 1, 14 };
	uint8_t out[IKE_HASH_MAX];
	struct ike_keys keys;
	struct side s;

	(void)state;
	ike_crypto_exit();
	assert_false(ike_suite_supported(&suite));
	assert_int_equal(ike_prf(IKE_HASH_SHA, "a", 1, NULL, 0, out), -EIO);
	assert_int_equal(ike_digest(IKE_HASH_SHA, NULL, 0, out), -EIO);
	set_up(&s, &vectors[0]);
	assert_int_equal(ike_keys_derive(&keys, &s.k), -EIO);
	ike_crypto_init();
	assert_true(ike_suite_supported(&suite));
	assert_int_equal(ike_keys_derive(&keys, &s.k), 0);
}

static int setup(void **state)
{
	(void)state;
	ike_crypto_init();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ike_crypto_exit();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derive),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_keymat),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_ciphers),
		cmocka_unit_test(test_bad_lengths),
		cmocka_unit_test(test_prf),
		cmocka_unit_test(test_prf_keys),
		cmocka_unit_test(test_weak_keys),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_supported),
		cmocka_unit_test(test_not_loaded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
